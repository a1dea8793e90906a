"""Feishu, and Lark outside China: one adapter for both; the domain tells them apart."""
