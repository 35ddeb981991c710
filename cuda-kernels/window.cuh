// How a window slides over images: channels last, always with three axes; those that the images lack have size 1.
#pragma once
#include "common.cuh"

/** The ABI's struct of 88 bytes. */
struct Window {
    int images, depth, height, width, channels;
    int outDepth, outHeight, outWidth, windowDepth, windowHeight, windowWidth;
    int strideZ, strideY, strideX, dilationZ, dilationY, dilationX;
    int padFront, padTop, padLeft, groups, zero;

    /** What element k of the window sees at place o, along each axis; outside of the image for padding. */
    __device__ __forceinline__ int z(int oz, int kz) const { return oz * strideZ - padFront + kz * dilationZ; }
    __device__ __forceinline__ int y(int oy, int ky) const { return oy * strideY - padTop + ky * dilationY; }
    __device__ __forceinline__ int x(int ox, int kx) const { return ox * strideX - padLeft + kx * dilationX; }

    __device__ __forceinline__ bool has_z(int iz) const { return iz >= 0 && iz < depth; }
    __device__ __forceinline__ bool has_y(int iy) const { return iy >= 0 && iy < height; }
    __device__ __forceinline__ bool has_x(int ix) const { return ix >= 0 && ix < width; }

    /** The place from which element k of the window sees element i; -1 if there is none. */
    __device__ __forceinline__ int window_z(int iz, int kz) const { return place(iz + padFront - kz * dilationZ, strideZ, outDepth); }
    __device__ __forceinline__ int window_y(int iy, int ky) const { return place(iy + padTop - ky * dilationY, strideY, outHeight); }
    __device__ __forceinline__ int window_x(int ix, int kx) const { return place(ix + padLeft - kx * dilationX, strideX, outWidth); }

    /** How many elements of the window see the image at a place, along each axis. */
    __device__ __forceinline__ int inside_z(int oz) const { return inside(z(oz, 0), windowDepth, dilationZ, depth); }
    __device__ __forceinline__ int inside_y(int oy) const { return inside(y(oy, 0), windowHeight, dilationY, height); }
    __device__ __forceinline__ int inside_x(int ox) const { return inside(x(ox, 0), windowWidth, dilationX, width); }

    /** The elements of the window. */
    __device__ __forceinline__ int taps() const { return windowDepth * windowHeight * windowWidth; }
    /** The places of all images. */
    __device__ __forceinline__ i64 places() const { return (i64)images * outDepth * outHeight * outWidth; }
    /** The number of a pixel, counted through all images; and of a place. */
    __device__ __forceinline__ i64 pixel(i64 image, int iz, int iy, int ix) const {
        return ((image * depth + iz) * height + iy) * width + ix;
    }
    __device__ __forceinline__ i64 place(i64 image, int oz, int oy, int ox) const {
        return ((image * outDepth + oz) * outHeight + oy) * outWidth + ox;
    }

  private:
    static __device__ __forceinline__ int place(int distance, int stride, int places) {
        int o = distance / stride;
        return distance >= 0 && o * stride == distance && o < places ? o : -1;
    }
    static __device__ __forceinline__ int inside(int first, int size, int dilation, int input) {
        int skipped = first < 0 ? (dilation - 1 - first) / dilation : 0;
        int seen = first < input ? (input - 1 - first) / dilation + 1 : 0;
        int end = seen < size ? seen : size;
        return end > skipped ? end - skipped : 0;
    }
};
static_assert(sizeof(Window) == 88, "the ABI's size");

/** An element's coordinates in images. */
struct Place {
    i64 image;
    int z, y, x, channel;

    INLINE Place of(i64 index, int depth, int height, int width, int channels) {
        Place place;
        place.z = 0;
        if (index <= 0xffffffffll) {
            unsigned rest = (unsigned)index;
            unsigned pixel = rest / (unsigned)channels;
            place.channel = (int)(rest - pixel * (unsigned)channels);
            unsigned row = pixel / (unsigned)width;
            place.x = (int)(pixel - row * (unsigned)width);
            unsigned image = row / (unsigned)height;
            place.y = (int)(row - image * (unsigned)height);
            if (depth != 1) {
                unsigned plane = image;
                image = plane / (unsigned)depth;
                place.z = (int)(plane - image * (unsigned)depth);
            }
            place.image = image;
        } else {
            i64 pixel = index / channels;
            place.channel = (int)(index - pixel * channels);
            i64 row = pixel / width;
            place.x = (int)(pixel - row * width);
            i64 plane = row / height;
            place.y = (int)(row - plane * height);
            place.image = plane / depth;
            place.z = (int)(plane - place.image * depth);
        }
        return place;
    }
};

/** Which element of the window a tap is. */
struct Tap {
    int z, y, x;

    INLINE Tap of(int tap, const Window& w) {
        Tap t;
        int row = tap / w.windowWidth;
        t.x = tap - row * w.windowWidth;
        t.z = w.windowDepth == 1 ? 0 : row / w.windowHeight;
        t.y = row - t.z * w.windowHeight;
        return t;
    }
};
