// How a window slides over NHWC images.
#pragma once
#include "common.cuh"

/** The ABI's struct of 64 bytes. */
struct Window2D {
    int images, height, width, channels;
    int outHeight, outWidth, windowHeight, windowWidth;
    int strideY, strideX, dilationY, dilationX;
    int padTop, padLeft, groups, zero;

    /** The image row under row ky of the window at oy; outside of the image for padding. */
    __device__ __forceinline__ int y(int oy, int ky) const { return oy * strideY - padTop + ky * dilationY; }
    __device__ __forceinline__ int x(int ox, int kx) const { return ox * strideX - padLeft + kx * dilationX; }

    /** The window whose row ky lies on the image row iy; -1 if there is none. */
    __device__ __forceinline__ int window_y(int iy, int ky) const {
        int distance = iy + padTop - ky * dilationY;
        int oy = distance / strideY;
        return distance >= 0 && oy * strideY == distance && oy < outHeight ? oy : -1;
    }
    __device__ __forceinline__ int window_x(int ix, int kx) const {
        int distance = ix + padLeft - kx * dilationX;
        int ox = distance / strideX;
        return distance >= 0 && ox * strideX == distance && ox < outWidth ? ox : -1;
    }
};
static_assert(sizeof(Window2D) == 64, "the ABI's size");

/** An element's coordinates in NHWC images. */
struct Place {
    i64 image;
    int y, x, channel;

    INLINE Place of(i64 index, int height, int width, int channels) {
        Place place;
        if (index <= 0xffffffffll) {
            unsigned rest = (unsigned)index;
            unsigned pixel = rest / (unsigned)channels;
            place.channel = (int)(rest - pixel * (unsigned)channels);
            unsigned row = pixel / (unsigned)width;
            place.x = (int)(pixel - row * (unsigned)width);
            unsigned image = row / (unsigned)height;
            place.y = (int)(row - image * (unsigned)height);
            place.image = image;
        } else {
            i64 pixel = index / channels;
            place.channel = (int)(index - pixel * channels);
            i64 row = pixel / width;
            place.x = (int)(pixel - row * width);
            place.image = row / height;
            place.y = (int)(row - place.image * height);
        }
        return place;
    }
};
