"""Letters (e-mail) are written with the work and sent after the commit; needs ``trama-kit[mail]``.

A service that writes letters has ``letters`` among its tables (``table.add_to``, ``table.create``) and gives
``create_app(tasks=[mail.deliver])``. Then, in a use case:

    await mail.post(work, Letter(to="ana@example.org", subject="…", text="…"))
"""

from kit.mail.delivery import deliver
from kit.mail.letter import Attachment, Letter
from kit.mail.table import post

__all__ = ["Attachment", "Letter", "deliver", "post"]
