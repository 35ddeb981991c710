// The convolution of images with as many groups as channels, each channel by itself; filter f belongs to channel f / multiplier.
//   conv_depthwise:                y[place][f] = sum over taps of x[pixel(place, tap)][f / multiplier] * k[tap][f]
//   conv_depthwise_input_backward: dx[pixel][c] = sum over the windows that see the pixel, and the filters f of c, of dy[place][f] * k[tap][f]
//   conv_depthwise_kernel_backward_partial: partial[chunk][tap][f] = sum over a chunk of the places of x[pixel(place, tap)][f / multiplier] * dy[place][f]
//
// conv_depthwise_t: (T* x, T* k, T* y, Window w, i64 n, i32 multiplier), n elements of y. One thread: one element of y at a time.
// conv_depthwise_input_backward_t: (T* k, T* dy, T* dx, Window w, i64 n, i32 multiplier), n elements of dx. One thread: one element of dx at
// a time; it sums over the windows in their order.
// conv_depthwise_kernel_backward_partial_t: (T* x, T* dy, A* partial, Window w, i64 n, i64 chunk, i32 multiplier), n = chunks * taps *
// filters elements of partial. One thread: one of them at a time, in the order of the places. The sum over the chunks is reduce_sum_columns'.
#include "window.cuh"

template <class T> INLINE void depthwise(const T* x, const T* k, T* y, const Window& w, i64 n, int multiplier) {
    int filters = w.channels * multiplier;
    int rows = w.windowDepth * w.windowHeight;
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Place place = Place::of(i, w.outDepth, w.outHeight, w.outWidth, filters);
        int channel = place.channel / multiplier;
        Value<T> sum = 0;
        ROLLED
        for (int row = 0; row < rows; row++) {
            int kz = w.windowDepth == 1 ? 0 : row / w.windowHeight;
            int iz = w.z(place.z, kz);
            int iy = w.y(place.y, row - kz * w.windowHeight);
            if (!w.has_z(iz) || !w.has_y(iy)) {
                continue;
            }
            const T* pixels = x + w.pixel(place.image, iz, iy, 0) * w.channels + channel;
            const T* kernel = k + (i64)row * w.windowWidth * filters + place.channel;
            ROLLED
            for (int kx = 0; kx < w.windowWidth; kx++) {
                int ix = w.x(place.x, kx);
                if (w.has_x(ix)) {
                    sum += value_of(pixels[(i64)ix * w.channels]) * value_of(kernel[(i64)kx * filters]);
                }
            }
        }
        y[i] = element_as<T>(sum);
    }
}

template <class T> INLINE void depthwise_input_backward(const T* k, const T* dy, T* dx, const Window& w, i64 n, int multiplier) {
    int filters = w.channels * multiplier;
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Place at = Place::of(i, w.depth, w.height, w.width, w.channels);
        int first = at.channel * multiplier;
        Value<T> sum = 0;
        ROLLED
        for (int row = w.windowDepth * w.windowHeight - 1; row >= 0; row--) {
            int kz = w.windowDepth == 1 ? 0 : row / w.windowHeight;
            int oz = w.window_z(at.z, kz);
            int oy = w.window_y(at.y, row - kz * w.windowHeight);
            if (oz < 0 || oy < 0) {
                continue;
            }
            ROLLED
            for (int kx = w.windowWidth - 1; kx >= 0; kx--) {
                int ox = w.window_x(at.x, kx);
                if (ox < 0) {
                    continue;
                }
                const T* gradient = dy + w.place(at.image, oz, oy, ox) * filters + first;
                const T* kernel = k + ((i64)row * w.windowWidth + kx) * filters + first;
                ROLLED
                for (int f = 0; f < multiplier; f++) {
                    sum += value_of(gradient[f]) * value_of(kernel[f]);
                }
            }
        }
        dx[i] = element_as<T>(sum);
    }
}

template <class T>
INLINE void depthwise_kernel_backward(const T* x, const T* dy, Sum<T>* partial, const Window& w, i64 n, i64 chunk, int multiplier) {
    int filters = w.channels * multiplier;
    int taps = w.taps();
    i64 places = w.places();
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        // As coordinates of (chunk, tap, filter).
        Place element = Place::of(i, 1, 1, taps, filters);
        Tap tap = Tap::of(element.x, w);
        int channel = element.channel / multiplier;
        i64 end = (element.image + 1) * chunk < places ? (element.image + 1) * chunk : places;
        Sum<T> sum = 0;
        ROLLED
        for (i64 at = element.image * chunk; at < end; at++) {
            Place place = Place::of(at, w.outDepth, w.outHeight, w.outWidth, 1);
            int iz = w.z(place.z, tap.z);
            int iy = w.y(place.y, tap.y);
            int ix = w.x(place.x, tap.x);
            if (w.has_z(iz) && w.has_y(iy) && w.has_x(ix)) {
                Value<T> pixel = value_of(x[w.pixel(place.image, iz, iy, ix) * w.channels + channel]);
                sum += pixel * value_of(dy[at * filters + element.channel]);
            }
        }
        partial[i] = sum;
    }
}

#define KERNELS_OF(name, unused, T)                                            \
    KERNEL name##_##T(const type_##T* x, const type_##T* k, type_##T* y, const Window w, i64 n, int multiplier) { \
        depthwise(x, k, y, w, n, multiplier);                                  \
    }                                                                          \
    KERNEL name##_input_backward_##T(                                          \
        const type_##T* k, const type_##T* dy, type_##T* dx, const Window w, i64 n, int multiplier) { \
        depthwise_input_backward(k, dy, dx, w, n, multiplier);                 \
    }                                                                          \
    KERNEL name##_kernel_backward_partial_##T(                                 \
        const type_##T* x, const type_##T* dy, Sum<type_##T>* partial, const Window w, i64 n, i64 chunk, int multiplier) { \
        depthwise_kernel_backward(x, dy, partial, w, n, chunk, multiplier);    \
    }

FOR_FLOATS(KERNELS_OF, conv_depthwise, )
