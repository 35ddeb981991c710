// The patches of NHWC images as a matrix, for convolution by matrix products (Chellapilla, Puri and Simard, 2006):
//   im2col:  matrix[g][place][ky][kx][c] = x[image][y(place, ky)][x(place, kx)][g * channels / groups + c], 0 outside of the image
//   col2im:  x = the sum of all elements of the matrix that im2col took from there
//
// im2col_b<size>: (E* x, E* matrix, Window2D w, i64 n), n elements of the matrix. One thread: one element of it at a time.
// col2im_t: (T* matrix, T* x, Window2D w, i64 n), n elements of x. One thread: one element of x at a time; it sums in the order of the
// places, in float (double for f64).
#include "window.cuh"

template <class E> INLINE void im2col(const E* x, E* matrix, const Window2D& w, i64 n) {
    int group_channels = w.channels / w.groups;
    i64 places = (i64)w.images * w.outHeight * w.outWidth;
    int taps = w.windowHeight * w.windowWidth;
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        // As coordinates of (group and place, tap, channel).
        Place element = Place::of(i, 1, taps, group_channels);
        i64 group = element.image / places;
        Place place = Place::of(element.image - group * places, w.outHeight, w.outWidth, 1);
        int ky = element.x / w.windowWidth;
        int iy = w.y(place.y, ky);
        int ix = w.x(place.x, element.x - ky * w.windowWidth);
        E value = 0;
        if (iy >= 0 && iy < w.height && ix >= 0 && ix < w.width) {
            i64 pixel = (place.image * w.height + iy) * w.width + ix;
            value = x[pixel * w.channels + group * group_channels + element.channel];
        }
        matrix[i] = value;
    }
}

template <class T> INLINE void col2im(const T* matrix, T* x, const Window2D& w, i64 n) {
    int group_channels = w.channels / w.groups;
    i64 places = (i64)w.images * w.outHeight * w.outWidth;
    int taps = w.windowHeight * w.windowWidth;
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Place at = Place::of(i, w.height, w.width, w.channels);
        int group = at.channel / group_channels;
        const T* column = matrix + group * places * taps * group_channels + (at.channel - group * group_channels);
        Value<T> sum = 0;
        ROLLED
        for (int ky = w.windowHeight - 1; ky >= 0; ky--) {
            int oy = w.window_y(at.y, ky);
            if (oy < 0) {
                continue;
            }
            ROLLED
            for (int kx = w.windowWidth - 1; kx >= 0; kx--) {
                int ox = w.window_x(at.x, kx);
                if (ox >= 0) {
                    i64 place = (at.image * w.outHeight + oy) * w.outWidth + ox;
                    sum += value_of(column[(place * taps + ky * w.windowWidth + kx) * group_channels]);
                }
            }
        }
        x[i] = element_as<T>(sum);
    }
}

#define IM2COL_OF(E)                                                           \
    KERNEL im2col_##E(const type_##E* x, type_##E* matrix, const Window2D w, i64 n) { im2col(x, matrix, w, n); }
#define COL2IM_OF(name, unused, T)                                             \
    KERNEL name##_##T(const type_##T* matrix, type_##T* x, const Window2D w, i64 n) { col2im(matrix, x, w, n); }

IM2COL_OF(b2)
IM2COL_OF(b4)
IM2COL_OF(b8)
FOR_FLOATS(COL2IM_OF, col2im, )
