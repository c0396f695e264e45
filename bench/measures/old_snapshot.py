"""x"""
NAME="old_snapshot"
