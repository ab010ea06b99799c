package io.ringward.node;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON (RFC 8259) as maps, lists, strings, longs, doubles, booleans and null. Strict: no trailing text, no
 * duplicate keys, a bound on depth. {@link #canonical} sorts keys and leaves out white space, so that equal
 * values have equal bytes and thus equal hashes.
 */
final class Json {
    private static final int DEEPEST = 64;
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** @throws IllegalArgumentException with the offset when the text is not JSON */
    static Object read(String text) {
        Json json = new Json(text);
        Object value = json.value(0);
        json.space();
        if (json.at != text.length()) throw json.wrong("text after the value");
        return value;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> readObject(String text) {
        Object value = read(text);
        if (!(value instanceof Map)) throw new IllegalArgumentException("not a JSON object");
        return (Map<String, Object>) value;
    }

    static String write(Object value) {
        StringBuilder out = new StringBuilder(512);
        append(out, value, false);
        return out.toString();
    }

    static String canonical(Object value) {
        StringBuilder out = new StringBuilder(512);
        append(out, value, true);
        return out.toString();
    }

    /** An object in the order of its arguments: name, value, name, value …; a name with a null value is left out. */
    static Map<String, Object> object(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<String, Object>();
        for (int i = 0; i < pairs.length; i += 2) if (pairs[i + 1] != null) map.put((String) pairs[i], pairs[i + 1]);
        return map;
    }

    private static void append(StringBuilder out, Object value, boolean sorted) {
        if (value == null) out.append("null");
        else if (value instanceof String) string(out, (String) value);
        else if (value instanceof Map) {
            out.append('{');
            List<String> keys = new ArrayList<String>();
            for (Object key : ((Map<?, ?>) value).keySet()) keys.add((String) key);
            if (sorted) Collections.sort(keys);
            for (int i = 0; i < keys.size(); i++) {
                if (i > 0) out.append(',');
                string(out, keys.get(i));
                out.append(':');
                append(out, ((Map<?, ?>) value).get(keys.get(i)), sorted);
            }
            out.append('}');
        } else if (value instanceof Iterable) {
            out.append('[');
            boolean first = true;
            for (Object item : (Iterable<?>) value) {
                if (!first) out.append(',');
                first = false;
                append(out, item, sorted);
            }
            out.append(']');
        } else if (value instanceof Number || value instanceof Boolean) out.append(value);
        else throw new IllegalArgumentException("no JSON for " + value.getClass());
    }

    private static void string(StringBuilder out, String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c == '\n') out.append("\\n");
            else if (c == '\r') out.append("\\r");
            else if (c == '\t') out.append("\\t");
            else if (c == '\b') out.append("\\b");
            else if (c == '\f') out.append("\\f");
            else if (c < 0x20) {
                String hex = Integer.toHexString(c);
                out.append("\\u").append("0000", 0, 4 - hex.length()).append(hex);
            } else out.append(c);
        }
        out.append('"');
    }

    private Object value(int depth) {
        if (depth > DEEPEST) throw wrong("too deep");
        space();
        if (at == text.length()) throw wrong("text ends early");
        char c = text.charAt(at);
        if (c == '{') return object(depth);
        if (c == '[') return array(depth);
        if (c == '"') return string();
        if (c == '-' || (c >= '0' && c <= '9')) return number();
        if (word("true")) return Boolean.TRUE;
        if (word("false")) return Boolean.FALSE;
        if (word("null")) return null;
        throw wrong("unexpected character");
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> map = new LinkedHashMap<String, Object>();
        at++;
        space();
        if (next('}')) return map;
        do {
            space();
            if (at == text.length() || text.charAt(at) != '"') throw wrong("a name was expected");
            String name = string();
            space();
            if (!next(':')) throw wrong("':' was expected");
            if (map.containsKey(name)) throw wrong("duplicate name " + name);
            map.put(name, value(depth + 1));
            space();
        } while (next(','));
        if (!next('}')) throw wrong("'}' was expected");
        return map;
    }

    private List<Object> array(int depth) {
        List<Object> list = new ArrayList<Object>();
        at++;
        space();
        if (next(']')) return list;
        do {
            list.add(value(depth + 1));
            space();
        } while (next(','));
        if (!next(']')) throw wrong("']' was expected");
        return list;
    }

    private String string() {
        StringBuilder out = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return out.toString();
            }
            if (c < 0x20) throw wrong("control character in a string");
            if (c != '\\') out.append(c);
            else out.append(escaped());
        }
        throw wrong("string without end");
    }

    private char escaped() {
        if (++at == text.length()) throw wrong("text ends early");
        char c = text.charAt(at);
        int simple = "\"\\/bfnrt".indexOf(c);
        if (simple >= 0) return "\"\\/\b\f\n\r\t".charAt(simple);
        if (c != 'u' || at + 4 >= text.length()) throw wrong("unknown escape");
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(text.charAt(++at), 16);
            if (digit < 0) throw wrong("unknown escape");
            code = code * 16 + digit;
        }
        return (char) code;
    }

    private Number number() {
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) at++;
        String digits = text.substring(start, at);
        try {
            if (digits.indexOf('.') < 0 && digits.indexOf('e') < 0 && digits.indexOf('E') < 0) return Long.valueOf(digits);
            return Double.valueOf(digits);
        } catch (NumberFormatException e) {
            throw wrong("not a number");
        }
    }

    private boolean word(String word) {
        if (!text.startsWith(word, at)) return false;
        at += word.length();
        return true;
    }

    private boolean next(char c) {
        if (at == text.length() || text.charAt(at) != c) return false;
        at++;
        return true;
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(what + " at offset " + at);
    }
}
