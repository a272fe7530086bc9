"""The address guard."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import AddressRefused
from monitor.fetching.guard import Guard, check_url, refusal

PRIVATE = """
127.0.0.1 127.1.2.3 127.255.255.255 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1
192.168.255.255 169.254.169.254 169.254.0.1 100.64.0.1 100.127.255.255 192.0.0.1 192.0.0.170 192.0.2.1 198.51.100.7
203.0.113.9 198.18.0.1 198.19.255.255 192.88.99.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 192.31.196.1
192.52.193.1 192.175.48.1 :: ::1 ::2 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1:: 2002:a00:1:: 2002:c0a8:101::
2001::1 2001:0:7f00:1::1 2001:db8::1 3fff::1 100::1 fc00::1 fd00::1 fd12:3456::1 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1
5f00::1
""".split()
PUBLIC = "1.1.1.1 8.8.8.8 142.250.0.1 172.15.255.255 172.32.0.1 100.63.255.255 100.128.0.1 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert refusal(ip_address(address)) is not None


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes(address: str) -> None:
    assert refusal(ip_address(address)) is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.kr/", "file:///etc/passwd", "gopher://a.kr/", "javascript:alert(1)", "data:text/html,x", "//a.kr/", "a.kr", "",
        "http://", "http:///x", "http://user@a.kr/", "http://user:pass@a.kr/", "http://127.0.0.1@a.kr/", "http://a.kr:0/",
        "http://a.kr:99999/", "http://a.kr:x/", "http://a kr/", "http://a.kr/\n", "http://a.kr\\@b.kr/", "http://a.kr/\\x",
        "http://[::1", "http://[fe80::1%25eth0]/", "http://%6c%6f%63alhost/", "http://a..kr/", "http://.kr/", "http://\u3000a.kr/",
        "http://a.kr\u2028/", "http://a.kr/\x00", "HTTP\x09://a.kr/", "http://a\u200b.kr /", "http://" + "a" * 300 + ".kr/", "http://a.kr/" + "x" * 5000,
        "http://ex＠ample.kr/", "http://a.kr/ b", "\thttp://a.kr/", "jar:http://a.kr!/", "unix:///var/run/docker.sock", "dict://a.kr:11211/",
    ],
)  # fmt: skip
def test_an_address_that_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.kr/",
        "https://www.meti.go.jp/press/",
        "http://한국.kr/",
        "http://a.kr:8080/x?y=1#z",
        "http://[2606:4700::1111]/",
        "http://xn--3e0b707e.kr/",
    ],
)
def test_a_plain_web_address_passes(url: str) -> None:
    assert check_url(url).hostname


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        pytest.param("ftp://a.kr/", "https:// 로 시작하는 주소를 적어 주십시오.", id="scheme"),
        pytest.param("a.kr", "https:// 로 시작하는 주소를 적어 주십시오.", id="no scheme"),
        pytest.param("http://kim:pass@a.kr/", "그것을 빼고 적어 주십시오.", id="user name"),
        pytest.param("http://a.kr:0/", "주소에서 포트를 빼거나 고쳐 주십시오.", id="port"),
        pytest.param("http://a kr/", "브라우저의 주소창에서 다시 복사해 주십시오.", id="space"),
        pytest.param("http://a.kr/" + "x" * 5000, "더 짧은 주소를 찾아 적어 주십시오.", id="length"),
        pytest.param("http://a..kr/", "https://example.com/feed 처럼 적어 주십시오.", id="host"),
        pytest.param("http://[::1", "https://example.com/feed 처럼 적어 주십시오.", id="brackets"),
        pytest.param("http://%6c%6f%63alhost/", "https://example.com/feed 처럼 적어 주십시오.", id="escapes"),
        pytest.param(
            "http://-가.kr/", "https://example.com/feed 처럼 적어 주십시오.", id="international name"
        ),
    ],
)
def test_a_refusal_says_what_to_mend_and_speaks_of_no_private_network(url: str, mend: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        check_url(url)
    assert refused.value.words.endswith(mend)
    assert "내부 네트워크" not in refused.value.words


def test_a_private_address_is_refused_with_the_setting_that_opens_it() -> None:
    with pytest.raises(AddressRefused) as refused:
        Guard().passes("a.kr", 80, ["10.0.0.1"])
    assert "내부 네트워크" in refused.value.words and "MONITOR_ALLOW_HOSTS" in refused.value.words


def test_a_refusal_does_not_repeat_a_password() -> None:
    with pytest.raises(AddressRefused) as refused:
        check_url("http://user:hunter2@a.kr/")
    assert "hunter2" not in f"{refused.value} {refused.value.url}"


@pytest.mark.parametrize(
    ("allowed", "host", "port", "exempt"),
    [
        (["127.0.0.1:8081"], "127.0.0.1", 8081, True),
        (["127.0.0.1:8081"], "127.0.0.1", 8082, False),
        (["127.0.0.1"], "127.0.0.1", 9, True),
        (["Intranet.example.kr"], "intranet.example.kr", 443, True),
        (["example.kr"], "evil.example.kr", 443, False),
        (["[::1]:80"], "::1", 80, True),
        ([], "localhost", 80, False),
    ],
)
def test_the_operator_vouches_for_a_host_and_port(
    allowed: list[str], host: str, port: int, exempt: bool
) -> None:
    assert Guard(allowed).is_exempt(host, port) is exempt


def test_one_private_answer_among_public_ones_refuses_them_all() -> None:
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1 is private"):
        Guard().passes("a.kr", 80, ["8.8.8.8", "10.0.0.1"])


@given(st.text(max_size=80) | st.text("http:/@[]%.:\\0x7f1", max_size=40).map("http://".__add__))
def test_no_text_raises_anything_but_a_refusal(url: str) -> None:
    try:
        check_url(url)
    except AddressRefused:
        pass
