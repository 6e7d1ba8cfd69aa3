"""Launches unmodified PrestaShop boutiques in containers, and keeps each one in the state its merchant asked for.

Nobody imports this package but its own processes; the portal may import ``shop_provisioner.domains``.
"""
