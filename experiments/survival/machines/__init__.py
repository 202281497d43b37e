"""Any number of worker processes gives the same results, and a worker that dies loses none.

A sweep gives the same bits whether this process trains it, or one, two or four worker processes of Dask's
`distributed`, or as many shards at the same time in one store. A worker that is killed costs time but no result: Dask
gives its blocks to another, and after a pool of Python's own processes has broken, the same call resumes.

Protocol: 2-2-1 and 2-3-1 on XOR, four learning rates, 40 blocks of 512 networks. The reference is trained by two
threads of this process, in memory. Every way is compared with it in every bit of every variable, settings and plan
included. Once a quarter of the blocks are finished, a worker that is training is killed (SIGKILL).
Worker processes note when they begin and finish a block.

    python -m experiments survival.machines                  # 25 s
    python -m experiments survival.machines --preset full    # 270 s, measured beside other runs

Outputs: machines; table.csv has a row per way.
"""
