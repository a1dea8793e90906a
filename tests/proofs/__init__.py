"""Proofs of reliability: what must hold however often the bot is killed, and checkers that can fail.

`python -m tests.proofs` (`make prove`) runs the long column and prints its figures; the test files here are the
short one. Nothing of the product is told that it is being tried.
"""
