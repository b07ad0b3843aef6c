"""Workload `rich`: the whole filter language on top of JAW-1's vocabulary, deterministic, made as it is read.

Words are JAW-1's (2,000 skills s0, s1, ... and 18,000 others w0, w1, ..., by Zipf and Mandelbrot); filters ask for skills. On
top come 3,000 phrases of two or three of these words, which stand in postings as they are, 24 roles for titles, 5,000 companies
and the gazetteer's 400 largest cities, as often as the square root of their people says.

A posting has a title of a role and up to three skills, 60 to 400 words in order with 4 to 12 phrases among them, up to three
places, and its other facts as often as `postings.py` says; it becomes facts as any posting does. A filter has each clause with
the share that stands beside it in `filters.py`; one without keywords has places and skills. `shares.py` counts what came of it,
and a run says all of it; in percent of the filters:

    keywords 88: OR groups 27, phrases 24, exclusions 22, title scope 21, prefixes 12, groups in groups 5, other scopes 5
    places 76: radius 33, several alternatives 22, with a way to work 8
    employment 26, pay 25, visas 19, skills 17, seniority 16, workplace 14, companies 11, titles 10, hidden jobs 10; degree,
    experience, language, age, occupation, accepted verdicts, approvals, wage level and source 2 to 8 each

Of a million filters a posting matches about 2,400.
"""
