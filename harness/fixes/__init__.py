"""Governed fixes: a command judged, run where it can do no harm, and recorded."""
