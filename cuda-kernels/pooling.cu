// Max pooling of images. Padding never wins.
//   max_pool:           y = the largest x under the window; NaN if one is
//   max_pool_backward:  dx = the sum of dy of those windows whose first element equal to y (row by row) this x is
//
// max_pool_t: (T* x, T* y, Window w, i64 n), n elements of y. One thread: one element of y at a time, in grid strides.
// max_pool_backward_t: (T* x, T* y, T* dy, T* dx, Window w, i64 n), n elements of dx. One thread: one element of dx at a time; it
// looks at the windows that cover it, in their order, so nothing is added atomically.
#include "window.cuh"

template <class T> INLINE void max_pool(const T* x, T* y, const Window& w, i64 n) {
    int rows = w.windowDepth * w.windowHeight;
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Place place = Place::of(i, w.outDepth, w.outHeight, w.outWidth, w.channels);
        Value<T> best = -infinity((Value<T>)0);
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
                    best = maximum(best, value_of(pixels[(i64)ix * w.channels]));
                }
            }
        }
        y[i] = element_as<T>(best);
    }
}

/** Whether no element before a tap of the window at (oz, oy, ox) equals the maximum. */
template <class T>
INLINE bool is_first(const T* x, Value<T> max, const Window& w, const Place& at, int oz, int oy, int ox, int end) {
    ROLLED
    for (int t = 0; t < end; t++) {
        Tap tap = Tap::of(t, w);
        int iz = w.z(oz, tap.z);
        int iy = w.y(oy, tap.y);
        int ix = w.x(ox, tap.x);
        bool inside = w.has_z(iz) && w.has_y(iy) && w.has_x(ix);
        if (inside && value_of(x[w.pixel(at.image, iz, iy, ix) * w.channels + at.channel]) == max) {
            return false;
        }
    }
    return true;
}

template <class T> INLINE void max_pool_backward(const T* x, const T* y, const T* dy, T* dx, const Window& w, i64 n) {
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Place at = Place::of(i, w.depth, w.height, w.width, w.channels);
        Value<T> mine = value_of(x[i]);
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
            ROLLED
            for (int kx = w.windowWidth - 1; kx >= 0; kx--) {
                int ox = w.window_x(at.x, kx);
                if (ox < 0) {
                    continue;
                }
                i64 out = w.place(at.image, oz, oy, ox) * w.channels + at.channel;
                if (value_of(y[out]) == mine && is_first(x, mine, w, at, oz, oy, ox, row * w.windowWidth + kx)) {
                    sum += value_of(dy[out]);
                }
            }
        }
        dx[i] = element_as<T>(sum);
    }
}

#define KERNELS_OF(name, unused, T)                                            \
    KERNEL name##_##T(const type_##T* x, type_##T* y, const Window w, i64 n) { max_pool(x, y, w, n); } \
    KERNEL name##_backward_##T(                                                \
        const type_##T* x, const type_##T* y, const type_##T* dy, type_##T* dx, const Window w, i64 n) { \
        max_pool_backward(x, y, dy, dx, w, n);                                 \
    }

FOR_FLOATS(KERNELS_OF, max_pool, )
