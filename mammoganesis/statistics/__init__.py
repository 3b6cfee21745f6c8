"""Statistics of reader studies: pure functions of arrays, and the frozen results that reports and pages show.

No files, no protos, no state. Needs scipy, scikit-learn and statsmodels (the `service` extra). SciPy's modules are
named in full (`scipy.stats.norm`): so they are imported where they are first used, not at each start of a process.

Shapes: T treatments, R readers, C cases, P positive and N negative cases (C = P + N). A rating is a float64; NaN where
a reader has not read a case. The positive class is the one that truth True stands for, by default "generated".
"""
