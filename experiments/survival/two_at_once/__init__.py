"""When two processes try to write one store at once, exactly one is allowed to.

The right to write is a lock of the operating system (flock), which is released when the process that holds it ends,
however it ends.

Protocol: two processes stand ready and call the same sweep on the same store at the same moment: with no store yet,
with an unfinished one, and with one that has to be extended. The one that may write does not write its first block
until the other has its answer; meanwhile the store is read, and its finished networks are compared with the same sweep
in memory. Two threads of one process do the same, without the reading. Then a writer is killed (SIGKILL) at work, and
the next one comes. Last, one process holds the store while another comes, each as the writer of the whole sweep, of
shard 0 or 1 of 2, or of shard 0 of 3: only the two shards of one sweep may write together. In the end the store must
hold the results of the whole sweep.

    python -m experiments survival.two_at_once                  # 15 s
    python -m experiments survival.two_at_once --preset full    # 80 s

Outputs: two_at_once; table.csv has a row per kind of race, for the kills, and per pair.
"""
