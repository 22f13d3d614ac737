"""Statements, one module for each thing that is remembered. A repository lives as long as one transaction."""
