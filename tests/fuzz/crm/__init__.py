"""Hostile answers of the CRM: one odd field of an answer or message, and proxies that answer in the CRM's place."""
