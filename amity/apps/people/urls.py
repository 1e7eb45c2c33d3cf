"""Addresses of the people app below /settings/."""

from django.urls import path

from amity.apps.people import views

urlpatterns = [path("example-data/", views.example_data)]
