"""DingTalk: the platform whose bot hears only what is said to it, and edits nothing but cards."""
