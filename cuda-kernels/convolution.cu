// The patches of images as a matrix, for convolution by matrix products (Chellapilla, Puri and Simard, 2006):
//   im2col:  matrix[g][place][kz][ky][kx][c] = x[image][z(place, kz)][y(place, ky)][x(place, kx)][g * channels / groups + c], 0 outside
//   col2im:  x = the sum of all elements of the matrix that im2col took from there
//
// im2col_b<size>: (E* x, E* matrix, Window w, i64 n), n elements of the matrix. One thread: one element of it at a time.
// col2im_t: (T* matrix, T* x, Window w, i64 n), n elements of x. One thread: one element of x at a time; it sums in the order of the
// places, in float (double for f64).
#include "window.cuh"

template <class E> INLINE void im2col(const E* x, E* matrix, const Window& w, i64 n) {
    int group_channels = w.channels / w.groups;
    i64 places = w.places();
    int taps = w.taps();
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        // As coordinates of (group and place, tap, channel).
        Place element = Place::of(i, 1, 1, taps, group_channels);
        i64 group = element.image / places;
        Place place = Place::of(element.image - group * places, w.outDepth, w.outHeight, w.outWidth, 1);
        Tap tap = Tap::of(element.x, w);
        int iz = w.z(place.z, tap.z);
        int iy = w.y(place.y, tap.y);
        int ix = w.x(place.x, tap.x);
        E value = 0;
        if (w.has_z(iz) && w.has_y(iy) && w.has_x(ix)) {
            value = x[w.pixel(place.image, iz, iy, ix) * w.channels + group * group_channels + element.channel];
        }
        matrix[i] = value;
    }
}

template <class T> INLINE void col2im(const T* matrix, T* x, const Window& w, i64 n) {
    int group_channels = w.channels / w.groups;
    i64 places = w.places();
    int taps = w.taps();
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Place at = Place::of(i, w.depth, w.height, w.width, w.channels);
        int group = at.channel / group_channels;
        const T* column = matrix + group * places * taps * group_channels + (at.channel - group * group_channels);
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
                if (ox >= 0) {
                    i64 place = w.place(at.image, oz, oy, ox);
                    sum += value_of(column[(place * taps + row * w.windowWidth + kx) * group_channels]);
                }
            }
        }
        x[i] = element_as<T>(sum);
    }
}

#define IM2COL_OF(E)                                                           \
    KERNEL im2col_##E(const type_##E* x, type_##E* matrix, const Window w, i64 n) { im2col(x, matrix, w, n); }
#define COL2IM_OF(T)                                                           \
    KERNEL col2im_##T(const type_##T* matrix, type_##T* x, const Window w, i64 n) { col2im(matrix, x, w, n); }

IM2COL_OF(b2)
IM2COL_OF(b4)
IM2COL_OF(b8)
COL2IM_OF(f32)
COL2IM_OF(f64)
