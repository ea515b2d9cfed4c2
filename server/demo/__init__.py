"""A whole Tweespraak on one machine, with sample people, a calendar server and a mailbox.

For trying it out, for journeys and for benchmarks. Not for real people: anybody at this machine
can read the mails.
"""
