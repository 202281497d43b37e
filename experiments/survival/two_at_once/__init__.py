"""Of two processes that write one store, exactly one does.

The right to write is a lock of the operating system (flock), which ends with the process that holds it, however that
ends.

Protocol: two processes stand ready and call the same sweep on the same store at the same moment: where there is no
store yet, where an unfinished one is, and where one has to be extended. The one that may write waits with its first
block until the other has its answer; meanwhile the store is read, and its finished networks are compared with the same
sweep in memory. So do two threads of one process, without the reading. Then a writer is killed (SIGKILL) at work, and
the next one comes. Last, each of a whole writer, shard 0 and 1 of 2 and shard 0 of 3 holds the store while each of them
comes: only the two shards of one sweep go together. In the end the store must hold the results of the whole sweep.

    python -m experiments survival.two_at_once                  # 15 s
    python -m experiments survival.two_at_once --preset full    # 3 minutes

Outputs: two_at_once; table.csv has a row per kind of race, for the kills, and per pair.
"""
