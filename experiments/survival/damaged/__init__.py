"""A single byte that has changed on disk is found when it is read, and named.

Every chunk ends in a checksum, CRC-32C, which finds every change of up to 32 bits in a row (Castagnoli, Bräuer &
Herrmann 1993, IEEE Trans. Communications), and in a seal that knows its place; metadata have SHA-256.

Protocol: a finished store of 40 blocks of networks. One file after the other is damaged and put back. In every chunk,
coordinates included, every 64th byte and the last are changed, in all bits and in one; the file is cut to nothing, to
3 bytes and in half; it is replaced by another chunk; it is removed. Each time the variable is read whole, by nnjax and
by xarray alone (a chunk that is missing: by nnjax, with `verify=True`). In every file of metadata each 16th byte is
changed, and the store is opened, and the sweep called. Last, chunks are removed, and the sweep is run again.

    python -m experiments survival.damaged                  # 15 s, fewer blocks and bytes
    python -m experiments survival.damaged --preset full    # 5 minutes

Outputs: damaged; table.csv has a row per file of metadata or array, and damage.
"""
