"""Django settings. Every value that differs between installations comes from `config.env`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from config import pseudo
from config.env import database, env

BASE_DIR = Path(__file__).resolve().parent.parent
AMITY_HOME = env.home
AMITY_URL = env.url
SECRET_KEY = env.secret_key
DEBUG = env.debug
ALLOWED_HOSTS = env.hosts
CSRF_TRUSTED_ORIGINS = [env.url]

ROOMS = [
    "amity.foundation.core",
    "amity.foundation.accounts",
    "amity.foundation.records",
    "amity.engines.notify",
    "amity.engines.webhooks",
    "amity.engines.quality",
    "amity.engines.web",
    "amity.engines.api",
    "amity.engines.extend",
    "amity.apps.people",
    *env.plugins,
]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_tasks",
    *ROOMS,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "amity.foundation.accounts.security_log.SecurityLog",
    "amity.engines.api.middleware.ApiMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "amity.foundation.accounts.sessions.SessionLimits",
    "amity.engines.web.middleware.WorkspaceMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "NAME": "jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"environment": "amity.engines.web.environment.environment"},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

ROW_SECURITY = env.row_security
DATABASES = {"default": database(env.database_url, env.home, row_security=env.row_security)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["amity.foundation.accounts.signin.DelayedBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SMTP = urlsplit(env.smtp_url)
EMAIL_HOST = SMTP.hostname or ""
EMAIL_PORT = SMTP.port or (465 if SMTP.scheme == "smtps" else 587)
EMAIL_HOST_USER = unquote(SMTP.username or "")
EMAIL_HOST_PASSWORD = unquote(SMTP.password or "")
EMAIL_USE_SSL = SMTP.scheme == "smtps"
EMAIL_USE_TLS = SMTP.scheme == "smtp+tls"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = unquote(SMTP.path.strip("/")) or EMAIL_HOST_USER
SMTP_PRIVATE = env.smtp_private  # whether a mail server named in Settings may lie in an inner network

PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_ADAPTER = "amity.foundation.accounts.adapter.QuietAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = env.secure
SESSION_COOKIE_NAME = "__Host-amity" if env.secure else f"amity_{env.port}"
CSRF_COOKIE_SECURE = env.secure
CSRF_COOKIE_NAME = "__Host-amity-csrf" if env.secure else f"amity_csrf_{env.port}"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "amity.engines.web.errors.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if env.secure else 0
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.secure else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("tr", "Türkçe"), ("ta", "தமிழ்"), ("cy", "Cymraeg")]
# Before the catalogues of packages, which translate some of the same short words otherwise.
LOCALE_PATHS = sorted(BASE_DIR.glob("amity/*/*/locale"))
if env.pseudo:
    LANGUAGES = [*LANGUAGES, (pseudo.CODE, pseudo.NAME)]
    LOCALE_PATHS = [pseudo.catalogues(LOCALE_PATHS, env.home), *LOCALE_PATHS]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = None  # WhiteNoise serves each room's own folder; nothing is collected
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.home / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = env.debug
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}

REDIS_URL = env.redis_url  # where requests are counted when several machines serve; see core/ratelimit.py
# Requests a minute of one API token, half as many of them writes; 0 lifts the limit.
API_REQUESTS_PER_MINUTE = env.api_limit
# Whether webhooks may go to the server's own network.
WEBHOOK_PRIVATE = env.webhook_private

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

TASKS = {"default": {"BACKEND": "amity.foundation.core.jobs.backend.DatabaseBackend", "QUEUES": []}}

# W002: frame-ancestors in the content policy does what X-Frame-Options did. W008: the proxy redirects.
# W005, W021: other addresses of the firm's domain are not ours to promise for.
SILENCED_SYSTEM_CHECKS = ["security.W002", "security.W005", "security.W008", "security.W021"]
if not env.secure:  # on this machine or, said so at the start, without encryption
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W012", "security.W016"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"amity": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
}
