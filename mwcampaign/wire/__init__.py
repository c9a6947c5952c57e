"""The composition root: the only place that introduces load, ledger, platforms and schedule to each other.

settings: flags, environment, file. project: a campaign's folder, judged. files: ledger, pictures, logins.
plans: wish against ledger. connections: adapters with their secrets. dry and rehearsal: the same without a network.
The command line calls it; nothing else does.
"""
