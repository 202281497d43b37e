"""The private engine behind `nnjax.sweep`. Users find all they need in `nnjax`; these modules may change at any time.

A sweep passes through the modules in this order: `request` (checks the arguments), `plan` (chooses programs and
blocks), `jobs` (divides the work), `local` or `remote` (has the jobs trained), `train` (trains blocks, with the
compiled functions of `programs`), `dataset` (labels the result). `store` writes finished networks to disk.
"""
