// Max pooling of NHWC images. Padding never wins.
//   max_pool2d:           y = the largest x under the window; NaN if one is
//   max_pool2d_backward:  dx = the sum of dy of those windows whose first element equal to y (row by row) this x is
//
// max_pool2d_t: (T* x, T* y, Window2D w, i64 n), n elements of y. One thread: one element of y at a time, in grid strides.
// max_pool2d_backward_t: (T* x, T* y, T* dy, T* dx, Window2D w, i64 n), n elements of dx. One thread: one element of dx at a time; it
// looks at the windows that cover it, in their order, so nothing is added atomically.
#include "window.cuh"

template <class T> INLINE void max_pool(const T* x, T* y, const Window2D& w, i64 n) {
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Place place = Place::of(i, w.outHeight, w.outWidth, w.channels);
        const T* image = x + place.image * w.height * w.width * w.channels + place.channel;
        Value<T> best = -infinity((Value<T>)0);
        ROLLED
        for (int ky = 0; ky < w.windowHeight; ky++) {
            int iy = w.y(place.y, ky);
            if (iy < 0 || iy >= w.height) {
                continue;
            }
            ROLLED
            for (int kx = 0; kx < w.windowWidth; kx++) {
                int ix = w.x(place.x, kx);
                if (ix >= 0 && ix < w.width) {
                    best = maximum(best, value_of(image[((i64)iy * w.width + ix) * w.channels]));
                }
            }
        }
        y[i] = element_as<T>(best);
    }
}

/** Whether no element of the window at (oy, ox) before (ky, kx) equals the maximum. */
template <class T> INLINE bool is_first(const T* image, Value<T> max, const Window2D& w, int oy, int ox, int ky, int kx) {
    ROLLED
    for (int tap = 0; tap < ky * w.windowWidth + kx; tap++) {
        int row = tap / w.windowWidth;
        int iy = w.y(oy, row);
        int ix = w.x(ox, tap - row * w.windowWidth);
        bool inside = iy >= 0 && iy < w.height && ix >= 0 && ix < w.width;
        if (inside && value_of(image[((i64)iy * w.width + ix) * w.channels]) == max) {
            return false;
        }
    }
    return true;
}

template <class T> INLINE void max_pool_backward(const T* x, const T* y, const T* dy, T* dx, const Window2D& w, i64 n) {
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Place place = Place::of(i, w.height, w.width, w.channels);
        const T* image = x + place.image * w.height * w.width * w.channels + place.channel;
        i64 out = place.image * w.outHeight * w.outWidth * w.channels + place.channel;
        Value<T> mine = value_of(x[i]);
        Value<T> sum = 0;
        // Later rows of a window belong to earlier windows: going backwards visits the windows in their order.
        ROLLED
        for (int ky = w.windowHeight - 1; ky >= 0; ky--) {
            int oy = w.window_y(place.y, ky);
            if (oy < 0) {
                continue;
            }
            ROLLED
            for (int kx = w.windowWidth - 1; kx >= 0; kx--) {
                int ox = w.window_x(place.x, kx);
                if (ox < 0) {
                    continue;
                }
                i64 at = out + ((i64)oy * w.outWidth + ox) * w.channels;
                if (value_of(y[at]) == mine && is_first(image, mine, w, oy, ox, ky, kx)) {
                    sum += value_of(dy[at]);
                }
            }
        }
        dx[i] = element_as<T>(sum);
    }
}

#define KERNELS_OF(name, unused, T)                                            \
    KERNEL name##_##T(const type_##T* x, type_##T* y, const Window2D w, i64 n) { max_pool(x, y, w, n); } \
    KERNEL name##_backward_##T(                                                \
        const type_##T* x, const type_##T* y, const type_##T* dy, type_##T* dx, const Window2D w, i64 n) { \
        max_pool_backward(x, y, dy, dx, w, n);                                 \
    }

FOR_FLOATS(KERNELS_OF, max_pool2d, )
