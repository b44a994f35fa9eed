"""What tests wait with hears of everything that a page does."""

import pytest
from screen import until

pytestmark = pytest.mark.browser


def test_waiting_hears_of_addresses_and_of_words(browser):
    page, said = browser.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate("setTimeout(() => { location.hash = 'there'; console.log('said') }, 300)")
    until(lambda: page.url.endswith("#there"), lambda: page.url, 20)
    until(lambda: said == ["said"], lambda: said, 20)
    page.close()
