// Average pooling of images. Padding is not counted.
//   average_pool:           y = the sum of x under the window / the number of its elements that see the image (at least 1)
//   average_pool_backward:  dx = the sum, over the windows that see this x, of dy / that window's number
//
// average_pool_t: (T* x, T* y, Window w, i64 n), n elements of y. One thread: one element of y at a time, in grid strides.
// average_pool_backward_t: (T* dy, T* dx, Window w, i64 n), n elements of dx. One thread: one element of dx at a time; it sums over the
// windows in their order. Both sum in float (double for f64).
#include "window.cuh"

INLINE int counted(int count) { return count > 1 ? count : 1; }

template <class T> INLINE void average_pool(const T* x, T* y, const Window& w, i64 n) {
    int rows = w.windowDepth * w.windowHeight;
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Place place = Place::of(i, w.outDepth, w.outHeight, w.outWidth, w.channels);
        Value<T> sum = 0;
        ROLLED
        for (int row = 0; row < rows; row++) {
            int kz = w.windowDepth == 1 ? 0 : row / w.windowHeight;
            int iz = w.z(place.z, kz);
            int iy = w.y(place.y, row - kz * w.windowHeight);
            if (!w.has_z(iz) || !w.has_y(iy)) {
                continue;
            }
            const T* pixels = x + w.pixel(place.image, iz, iy, 0) * w.channels + place.channel;
            ROLLED
            for (int kx = 0; kx < w.windowWidth; kx++) {
                int ix = w.x(place.x, kx);
                if (w.has_x(ix)) {
                    sum += value_of(pixels[(i64)ix * w.channels]);
                }
            }
        }
        int count = w.inside_z(place.z) * w.inside_y(place.y) * w.inside_x(place.x);
        y[i] = element_as<T>(sum / (Value<T>)counted(count));
    }
}

template <class T> INLINE void average_pool_backward(const T* dy, T* dx, const Window& w, i64 n) {
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Place at = Place::of(i, w.depth, w.height, w.width, w.channels);
        Value<T> sum = 0;
        // Later rows of a window belong to earlier windows: going backwards visits the windows in their order.
        ROLLED
        for (int row = w.windowDepth * w.windowHeight - 1; row >= 0; row--) {
            int kz = w.windowDepth == 1 ? 0 : row / w.windowHeight;
            int oz = w.window_z(at.z, kz);
            int oy = w.window_y(at.y, row - kz * w.windowHeight);
            if (oz < 0 || oy < 0) {
                continue;
            }
            int inside = w.inside_z(oz) * w.inside_y(oy);
            ROLLED
            for (int kx = w.windowWidth - 1; kx >= 0; kx--) {
                int ox = w.window_x(at.x, kx);
                if (ox >= 0) {
                    Value<T> share = value_of(dy[w.place(at.image, oz, oy, ox) * w.channels + at.channel]);
                    sum += share / (Value<T>)counted(inside * w.inside_x(ox));
                }
            }
        }
        dx[i] = element_as<T>(sum);
    }
}

#define KERNELS_OF(name, unused, T)                                            \
    KERNEL name##_##T(const type_##T* x, type_##T* y, const Window w, i64 n) { average_pool(x, y, w, n); } \
    KERNEL name##_backward_##T(const type_##T* dy, type_##T* dx, const Window w, i64 n) { average_pool_backward(dy, dx, w, n); }

FOR_FLOATS(KERNELS_OF, average_pool, )
