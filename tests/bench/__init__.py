"""The bench: how fast the bot is beside the floor under it, measured in the same run.

`python -m tests.bench` (`make bench`) prints a table. Nothing is asserted on time: machines differ, ratios less so.
Each figure is a median over interleaved rounds. The floor is raw sqlite3: the driver, file and pragmas of the bot.
"""
