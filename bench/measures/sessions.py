"""x"""
NAME="sessions"
