"""The command ``nextstudy``: its verbs, their options and what they print."""
