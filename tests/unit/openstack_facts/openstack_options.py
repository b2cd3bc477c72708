"""The module's options, as `gather` gets them."""


def options(**given):
    defaults = dict.fromkeys(
        ["cloud", "auth", "auth_type", "interface", "ca_cert", "validate_certs", "record_to", "recording"]
    )
    return {**defaults, "regions": [], "timeout": 10, "workers": 8, "page_size": 1000, **given}
