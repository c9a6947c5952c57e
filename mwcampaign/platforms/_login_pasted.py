"""Networks whose secrets are copied from a page, or chosen: no network is asked here. Only _login reads it."""

from __future__ import annotations

import base64
import secrets

from mwcampaign.platforms._login import Ask, Way


def signing_secret() -> str:
    """Make a secret for signing, as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


WAYS: dict[str, tuple[Way, ...]] = {
    "bluesky": (
        Way(
            "password",
            "an app password",
            (
                "Open https://bsky.app/settings/app-passwords and add an app password; call it mwcampaign.",
                "Copy it. It can post, and cannot change the account; you can take it back there at any time.",
            ),
            (
                Ask("handle", "handle, such as my-museum.bsky.social", "handle", hidden=False),
                Ask("app_password", "app password"),
            ),
        ),
    ),
    "telegram": (
        Way(
            "token",
            "a bot's token",
            (
                "In Telegram, talk to @BotFather and send /newbot; it gives the bot's token.",
                "In the channel's settings, make the bot an administrator with the right to post messages.",
            ),
            (
                Ask("handle", "the channel's public name; empty for a private one", "handle", False, optional=True),
                Ask("chat", "a private channel's number, which begins with -100", "option", False, optional=True),
                Ask("bot_token", "the bot's token"),
            ),
        ),
    ),
    "x": (
        Way(
            "keys",
            "four keys",
            (
                "At https://developer.x.com make a project and an app that may read and write: set that first, for",
                "tokens made before stay read-only. X takes money for each post.",
                "Under Keys and tokens, make the API key and secret, then the access token and secret.",
            ),
            (
                Ask("consumer_key", "API key"),
                Ask("consumer_secret", "API key secret"),
                Ask("access_token", "access token"),
                Ask("access_token_secret", "access token secret"),
            ),
        ),
    ),
    "email": (
        Way(
            "password",
            "a name and a password",
            (
                "Ask who runs your mail for the server, and for a name and a password for sending by a program.",
                "Many services want an app password, made in the account's settings, not the one of a person.",
            ),
            (
                Ask("host", "mail server, such as smtp.museum.example", "option", hidden=False),
                Ask("tls", "starttls, or tls", "option", hidden=False, default="starttls"),
                Ask("from", "sender, such as The Museum <press@museum.example>", "option", hidden=False),
                Ask("to", "recipients, with commas between them", "option", hidden=False),
                Ask("username", "user name", hidden=False),
                Ask("password", "password"),
            ),
        ),
    ),
    "webhook": (
        Way(
            "secret",
            "an address and a signing secret",
            (
                "Take the receiver's address apart: https://hooks.example.org is the server, the rest its path.",
                "The signing secret is made here if you have none. The receiver needs it too: it is not shown, but",
                "kept where the reference at the end says; copy it from there.",
            ),
            (
                Ask("server", "server, such as https://hooks.example.org", "server", hidden=False),
                Ask("path", "path, with its first /"),
                Ask("signing_secret", "signing secret; empty makes one", made=signing_secret),
            ),
        ),
    ),
    "wechat": (
        Way(
            "secret",
            "AppID and AppSecret",
            (
                "At https://mp.weixin.qq.com, Settings and development, Basic configuration: note the AppID, make an",
                "AppSecret, and put this machine's internet address on the list of allowed addresses.",
            ),
            (Ask("appid", "AppID", hidden=False), Ask("secret", "AppSecret")),
        ),
    ),
    "weibo": (
        Way(
            "token",
            "an access token",
            ("Log the account in with your application at https://open.weibo.com and copy the access token.",),
            (
                Ask("domain", "the application's safe domain", "option", hidden=False),
                Ask("ip", "this machine's public internet address", "option", hidden=False),
                Ask("access_token", "access token"),
            ),
        ),
    ),
}
