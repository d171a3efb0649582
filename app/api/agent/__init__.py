"""Routes of installer agents."""

from app.api.agent import (
    activations,
    artifacts,
    downloads,
    eula_acceptances,
    eulas,
    information,
    install_reports,
    license_checks,
    offers,
    redemptions,
    trials,
)

ROUTERS = (
    license_checks.router,
    offers.router,
    information.router,
    eulas.router,
    eula_acceptances.router,
    activations.router,
    trials.router,
    redemptions.router,
    downloads.router,
    artifacts.router,
    install_reports.router,
)
