"""Addresses of the notification centre."""

from django.urls import path

from amity.engines.web.notifications import views

urlpatterns = [
    path("notifications/", views.page),
    path("notifications/count/", views.count),
    path("notifications/recent/", views.recent),
    path("notifications/read/", views.read_all),
    path("notifications/unread/", views.unread_again),
    path("notifications/<int:notification_id>/open/", views.open_one),
    path("notifications/<int:notification_id>/mark/", views.mark),
    path("p/unsubscribe/<str:token>/", views.unsubscribe),
]
