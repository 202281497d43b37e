"""A full disk or a failing one stops a sweep with a clear error, and what was finished stays.

Any call of the system may be refused: by a full disk with ENOSPC, by a broken one with EIO.

Protocol: a sweep creates a store, or extends one to twice its size. One call of the system is refused: the making of
a folder, the writing of metadata, of coordinates, of a block of networks, of its status (half of it reaches the disk),
or of the log beside the store, or the move of one of them to its place. ENOSPC lasts, for that kind of call; EIO comes
once. Each kind is refused early, late and between; the log, which a sweep as short as this one writes when it begins
and when it ends, at both. Then the error is examined, and every network that counts as finished is compared with the
same sweep in memory, bit for bit; and the sweep is run again. Where the system allows it (Linux, root), the sweep also
fills a small disk in memory, which is enlarged afterwards. A call that never comes cannot be refused, and a disk on
which the whole sweep fits is not full: such trials do not count.

    python -m experiments survival.failing_disk                  # 20 s
    python -m experiments survival.failing_disk --preset full    # 85 s

Outputs: failing_disk; table.csv has a row per fault.
"""
