"""A full disk or a failing one stops a sweep with a clear error, and what was finished stays.

Any system call may fail: on a full disk with ENOSPC, on a broken one with EIO.

Protocol: a sweep creates a store, or extends one to twice its size. A system call of one kind is refused: making a
folder; writing metadata, coordinates, a block of networks, its status or the log (half of the file reaches the disk);
syncing a file to the disk; or moving one to its place. ENOSPC lasts for all later calls of that kind; EIO comes
once. Each kind is refused at several points from the first call to one of the last; so short a sweep writes its log
only when it begins and when it ends, and is refused both. Then the error is examined, and every network that counts as
finished is compared with the same sweep in memory, bit for bit; and the sweep is run again. Where the system allows it
(Linux, root), the sweep also fills a small disk in memory, which is enlarged afterwards. A call that never comes cannot
be refused, and a disk on which the whole sweep fits is not full: such trials do not count.

    python -m experiments survival.failing_disk                  # 20 s
    python -m experiments survival.failing_disk --preset full    # 5 minutes

Outputs: failing_disk; table.csv has a row per fault.
"""
