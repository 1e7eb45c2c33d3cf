"""Addresses below /help/."""

from django.urls import path

from amity.engines.web.help import views

urlpatterns = [path("", views.start), path("<slug:document>/", views.page)]
