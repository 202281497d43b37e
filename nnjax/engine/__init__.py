"""The private engine behind `nnjax.sweep`. Users find all they need in `nnjax`; these modules may change at any time.

A sweep passes through the modules in this order:

1. `request` checks the arguments.
2. `plan` chooses programs and blocks.
3. `jobs` divides the work.
4. `local` or `remote` has the jobs trained.
5. `train` trains blocks, with the compiled functions of `programs`.
6. `dataset` labels the result.

`store` writes finished networks to disk. `sweep` and `refit` are the public functions around them. The other modules
help one of these:

- `plan`: `cost` (expected seconds and bytes), `pace` (how fast this machine is), `padding` (networks of several shapes
  in one program) and `variables` (which variables the result will have)
- `train` and `programs`: `draws` (initial parameters), `layouts` (where the networks of a block lie in its arrays) and
  `lanes_last` (training with the networks on the last axis)
- `jobs`, `train`, `records` and `refit`: `weights` (parameters as rows of numbers: kept, given or masked)
- `dataset`, `remote` and `store`: `records` (requests and plans as JSON)
- all that depend on a user's functions: `identity` (what such a function computes, as a hash)
- `local` and `remote`: `progress` (the progress bar)
"""
