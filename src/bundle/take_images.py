#!/usr/bin/env python3
"""Shortens the training set of Fashion-MNIST in a folder (unpacked IDX files) to its first N images.

take_images.py FOLDER N
"""
import os
import struct
import sys


def shorten(file, header, sample, count):
    with open(file, "r+b") as opened:
        magic, present = struct.unpack(">ii", opened.read(8))
        kept = min(count, present)
        opened.seek(0)
        opened.write(struct.pack(">ii", magic, kept))
        opened.truncate(header + kept * sample)


if __name__ == "__main__":
    folder, count = sys.argv[1], int(sys.argv[2])
    shorten(os.path.join(folder, "train-images-idx3-ubyte"), 16, 28 * 28, count)
    shorten(os.path.join(folder, "train-labels-idx1-ubyte"), 8, 1, count)
