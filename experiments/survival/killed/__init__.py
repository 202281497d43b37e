"""A sweep that is killed at any moment loses at most the blocks under way, and no result.

A block is a batch of networks that are trained and written together. `kill -9` at any moment of a sweep with a store
costs each worker at most the block that it was training; what was finished stays, no file is left damaged, and the
sweep that was resumed equals the uninterrupted one in every bit. A store whose extension was broken off can be read
only after the next run, and says so. Ctrl-C costs no more, and tells how to go on.

Protocol: 2-2-1 and 2-3-1 on XOR, four learning rates, 40 blocks of 512 networks, two workers. Every session is a new
process on the same store. Once its 40 blocks are finished a store is extended twice, by 8 blocks of further seeds and
by 12 of another learning rate. Some kills are aimed at a random moment of the start of the process, or of a short
phase: the creation of the store, its extension, the moving of files during the extension, the writing of a block. All
others come at a moment drawn uniformly from the time between the end of the first block and that of the session. After
each kill the store is opened and every chunk checked, by nnjax and by xarray alone, and each finished network is
compared with the uninterrupted run. Processes note which blocks they begin; a block that was begun and is not in the
store is lost.

    python -m experiments survival.killed                  # 5 kills, 25 s
    python -m experiments survival.killed --preset full    # 100 kills, 5 minutes

Outputs: killed; table.csv has a row for each phase in which kills fell, and one for Ctrl-C.
"""
