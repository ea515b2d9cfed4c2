"""The practice partner: a guide in the coach's seat, played from ready packets (docs/practice.md).

Pure: packets, film, player, measuring, scoring, channel, guard, queue.
Rim: seam (over aiortc), looking, film_file, call, guide, house, desk.
"""
