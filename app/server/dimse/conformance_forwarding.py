"""What the conformance statement says of objects that we send to others."""


def forwarding() -> list[str]:
    """The section as lines of Markdown."""
    return [
        "###### Send to nodes",
        "",
        "A series that a rule names is sent to recorded nodes by C-STORE when nothing came to it "
        "for a while (setting `series_quiet_s`), and a study when somebody asks for it. Each "
        "object goes in the syntax that the node's record prefers if nothing is lost by it, else "
        "as it is kept, else uncompressed, by what the node accepts. Success and the warnings "
        "0xB000 to 0xBFFF mean that it was taken; what was not is sent again with ever longer "
        "pauses for three days. By a rule nothing is sent that came from the node itself. Each "
        "storage SOP class of this statement is supported as SCU.",
        "",
    ]
