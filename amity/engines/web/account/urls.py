"""Addresses that need no sign-in."""

from django.urls import path

from amity.engines.web.account import views, welcome

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/forgot/", views.forgot, name="forgot"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("reset/<slug:user_key>/<str:token>/", views.reset, name="reset"),
    path("invite/<str:token>/", views.invite, name="invite"),
    path("welcome/", welcome.welcome, name="welcome"),
    path("welcome/next/", welcome.next_step, name="welcome-next"),
]
