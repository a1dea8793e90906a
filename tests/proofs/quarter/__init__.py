"""A simulated quarter: ninety days of a team's automatic messages, each compared with the rules of the documents.

script.py says what people do, rules.py works out on its own what must be written to whom and when, play.py lets the
days pass over the real house. `python -m tests.proofs.quarter` plays it and tells what differs.
"""
