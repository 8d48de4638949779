"""Every binary32 input of exp, log, rsqrt, tanh and erf against an independent enclosure: docs/exhaustive.md."""
