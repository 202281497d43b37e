"""A single byte that has changed on disk is found when it is read, and the error names its file.

Every chunk ends in a checksum, CRC-32C, which finds every change of up to 32 bits in a row (Castagnoli, Bräuer &
Herrmann 1993, IEEE Trans. Communications). Chunks of networks also have a seal that records their place; coordinates
and metadata have a SHA-256.

Protocol: a finished store of 40 blocks of networks. One file after the other is damaged and put back. In every chunk,
coordinates included, every 64th byte and the last are changed, in all bits and in one; the file is cut to nothing, to
3 bytes and in half; it is replaced by another chunk; it is removed (unless it is of the status: without it networks
count as not trained). Each time the whole variable is read, by nnjax and by xarray without nnjax. In every file of
metadata every 16th byte and the last are changed in the same two ways; then the store is opened and the sweep is
called. Last, chunks are removed, and the sweep is run again.

    python -m experiments survival.damaged                  # 15 s, fewer blocks and bytes
    python -m experiments survival.damaged --preset full    # 6 minutes

Outputs: damaged; table.csv has a row per file of metadata or array, and damage.
"""
