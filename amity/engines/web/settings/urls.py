"""Addresses below /settings/."""

from django.urls import path

from amity.engines.web.settings import own

urlpatterns = [
    path("", own.start),
    path("profile/", own.profile),
    path("appearance/", own.appearance),
    path("password/", own.password),
    path("sessions/", own.sessions),
    path("sessions/<int:session_id>/end/", own.session_end),
    path("tokens/", own.tokens),
    path("tokens/<int:token_id>/revoke/", own.token_revoke),
]
