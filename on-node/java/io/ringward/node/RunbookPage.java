package io.ringward.node;

import java.util.List;

/** The runbook's lines as HTML: headings, paragraphs, lists, commands, and what is to be read as it stands. */
final class RunbookPage {
    private static final String COMMAND = "    # ";
    private static final String AS_IT_STANDS = "    ";
    private final StringBuilder html = new StringBuilder();
    /** Element that the next line may belong to: `p`, `ul`, `pre`, or empty. */
    private String open = "";

    private RunbookPage() {}

    static String of(List<String> lines) {
        RunbookPage page = new RunbookPage();
        for (String line : lines) page.line(line);
        page.in("");
        return page.html.toString();
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private void line(String line) {
        if (line.isEmpty()) in("");
        else if (line.startsWith("# ")) heading("h1", line.substring(2));
        else if (line.startsWith("## ")) heading("h2", line.substring(3));
        else if (line.startsWith(COMMAND)) {
            in("");
            // The prompt is drawn by the style, so that copying takes the command alone.
            html.append("<pre class=\"command\"><code>").append(escaped(line.substring(COMMAND.length()))).append("</code></pre>\n");
        } else if (line.startsWith(AS_IT_STANDS)) {
            in("pre");
            html.append(escaped(line.substring(AS_IT_STANDS.length()))).append('\n');
        } else if (line.startsWith("- ")) {
            if (open.equals("ul")) html.append("</li>\n");
            in("ul");
            html.append("<li>").append(escaped(line.substring(2)));
        } else if (open.equals("ul") && line.startsWith("  ")) html.append(' ').append(escaped(line.trim()));
        else {
            in("p");
            html.append(escaped(line)).append('\n');
        }
    }

    private void heading(String element, String text) {
        in("");
        html.append('<').append(element).append('>').append(escaped(text)).append("</").append(element).append(">\n");
    }

    private void in(String element) {
        if (open.equals(element)) return;
        if (open.equals("ul")) html.append("</li>\n");
        if (!open.isEmpty()) html.append("</").append(open).append(">\n");
        if (!element.isEmpty()) html.append('<').append(element).append('>');
        open = element;
    }
}
