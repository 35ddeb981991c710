"""Makes the HDF5 files beside it, those with links that Lamina refuses: python3 make_files.py (needs h5py)."""
import h5py
import numpy

with h5py.File("external_link.h5", "w") as file:
    file.create_group("layers/dense")["vars"] = h5py.ExternalLink("/etc/hostname", "/vars")
with h5py.File("soft_link.h5", "w") as file:
    file.create_group("layers/dense")["vars"] = h5py.SoftLink("/layers/other")
with h5py.File("hard_link_cycle.h5", "w") as file:
    group = file.create_group("layers/dense")
    group["vars"] = file["layers"]
with h5py.File("external_data.h5", "w") as file:
    file.create_dataset("x", (4,), numpy.float32, external=[("/etc/hostname", 0, 16)])

with h5py.File("chunked.h5", "w") as file:
    file.create_dataset("x", (9, 7), numpy.float32, chunks=(2, 3), compression="gzip", shuffle=True)[:] = 1.5
    file["x"].attrs["name"] = "chunks"
