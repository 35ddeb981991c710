"""Prints what HDF5 itself reads from files: python3 h5tree.py FILE... (needs h5py).

For each file a line "# FILE", then a line for each group, array and attribute, by path: shape, type and the sha256 of
the array's bytes, little-endian and row by row. Of a .keras file, the weights inside it.
"""
import hashlib
import io
import sys
import zipfile

import h5py
import numpy


def open_file(name):
    if name.endswith(".keras"):
        with zipfile.ZipFile(name) as archive:
            return h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r")
    return h5py.File(name, "r")


def line(path, item):
    if isinstance(item, h5py.Group):
        text = f"/{path} group"
    else:
        values = numpy.ascontiguousarray(item[()])
        little = values.astype(values.dtype.newbyteorder("<"))
        text = f"/{path} {item.shape} {item.dtype} {hashlib.sha256(little.tobytes()).hexdigest()}"
    attributes = [f"{key}={value!r}:{type(value).__name__}" for key, value in sorted(item.attrs.items())]
    return " ".join([text] + attributes)


for name in sys.argv[1:]:
    print(f"# {name}")
    with open_file(name) as file:
        lines = []
        file.visititems(lambda path, item: lines.append(line(path, item)))
        print("\n".join(sorted(lines)))
